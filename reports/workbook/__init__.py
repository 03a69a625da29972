"""The workbook that a contractor hands over: cover, lists, findings, checklist, execution record."""
