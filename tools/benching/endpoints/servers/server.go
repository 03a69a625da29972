// One TLS service of Go's crypto/tls: port, least and newest version, suites, groups, none|request|require, PEM files.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
)

func numbers(text string) []uint16 {
	found := []uint16{}
	for _, word := range strings.Split(text, ",") {
		if number, err := strconv.ParseUint(word, 10, 16); err == nil {
			found = append(found, uint16(number))
		}
	}
	return found
}

func main() {
	versions := numbers(os.Args[2])
	config := &tls.Config{MinVersion: versions[0], MaxVersion: versions[1], CipherSuites: numbers(os.Args[3])}
	for _, group := range numbers(os.Args[4]) {
		config.CurvePreferences = append(config.CurvePreferences, tls.CurveID(group))
	}
	config.ClientAuth = map[string]tls.ClientAuthType{
		"none": tls.NoClientCert, "request": tls.RequestClientCert, "require": tls.RequireAnyClientCert,
	}[os.Args[5]]
	config.ClientCAs = x509.NewCertPool()
	for i := 6; i+1 < len(os.Args); i += 2 {
		pair, err := tls.LoadX509KeyPair(os.Args[i], os.Args[i+1])
		if err != nil {
			log.Fatal(err)
		}
		config.Certificates = append(config.Certificates, pair)
	}
	config.NextProtos = []string{"http/1.1"}
	listening, err := tls.Listen("tcp", ":"+os.Args[1], config)
	if err != nil {
		log.Fatal(err)
	}
	log.SetOutput(os.Stderr)
	_ = http.Serve(listening, http.NotFoundHandler())
}
