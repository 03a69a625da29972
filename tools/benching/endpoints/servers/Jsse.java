/** One TLS service of the Java platform: port, versions, suites, none|request|require, PKCS #12 files. */
import java.io.FileInputStream;
import java.security.KeyStore;
import java.security.Security;
import java.util.Collections;
import javax.net.ssl.*;

class Jsse {
    private static final char[] PASSWORD = "bench".toCharArray();

    public static void main(String[] given) throws Exception {
        Security.setProperty("jdk.tls.disabledAlgorithms", "");
        Security.setProperty("jdk.certpath.disabledAlgorithms", "");
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(null, PASSWORD);
        for (int i = 4; i < given.length; i++) {
            KeyStore one = KeyStore.getInstance("PKCS12");
            one.load(new FileInputStream(given[i]), PASSWORD);
            for (String alias : Collections.list(one.aliases())) {
                keys.setKeyEntry("k" + i, one.getKey(alias, PASSWORD), PASSWORD, one.getCertificateChain(alias));
            }
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance("NewSunX509");
        managers.init(keys, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        SSLServerSocket listening = (SSLServerSocket) context.getServerSocketFactory()
            .createServerSocket(Integer.parseInt(given[0]), 200);
        listening.setEnabledProtocols(given[1].split(","));
        listening.setEnabledCipherSuites(given[2].split(","));
        listening.setNeedClientAuth(given[3].equals("require"));
        if (given[3].equals("request")) {
            listening.setWantClientAuth(true);
        }
        while (true) {
            SSLSocket client = (SSLSocket) listening.accept();
            new Thread(() -> talk(client)).start();
        }
    }

    private static void talk(SSLSocket client) {
        try (client) {
            client.setSoTimeout(10000);
            client.startHandshake();
            client.getInputStream().read(new byte[4096]);
            client.getOutputStream().write("HTTP/1.0 200 OK\r\n\r\n".getBytes());
        } catch (Exception ended) {
            // a scanner breaks off: nothing to do
        }
    }
}
