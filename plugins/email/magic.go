package email

import (
	"bytes"
	"unicode/utf8"
)

var signatures = []struct {
	offset int
	bytes  string
	typ    string
}{
	{0, "%PDF-", "application/pdf"},
	{0, "MZ", "application/x-dosexec"},
	{0, "\x7fELF", "application/x-elf"},
	{0, "\xcf\xfa\xed\xfe", "application/x-mach-binary"},
	{0, "\xca\xfe\xba\xbe", "application/java-vm"},
	{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"},
	{0, "Rar!\x1a\x07", "application/vnd.rar"},
	{0, "7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"},
	{0, "\x1f\x8b", "application/gzip"},
	{0, "BZh", "application/x-bzip2"},
	{0, "\xfd7zXZ\x00", "application/x-xz"},
	{0, "\x28\xb5\x2f\xfd", "application/zstd"},
	{0, "MSCF", "application/vnd.ms-cab-compressed"},
	{0, "60\xea", "application/x-arj"},
	{0, "**ACE**", "application/x-ace-compressed"},
	{7, "**ACE**", "application/x-ace-compressed"},
	{257, "ustar", "application/x-tar"},
	{0x8001, "CD001", "application/x-iso9660-image"},
	{0, "vhdxfile", "application/x-vhdx"},
	{0, "conectix", "application/x-vhd"},
	{0, "L\x00\x00\x00\x01\x14\x02\x00", "application/x-ms-shortcut"},
	{0, "\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", "application/onenote"},
	{0, "ITSF", "application/vnd.ms-htmlhelp"},
	{0, "!BDN", "application/vnd.ms-outlook-pst"},
	{0, "\x89PNG\r\n\x1a\n", "image/png"},
	{0, "\xff\xd8\xff", "image/jpeg"},
	{0, "GIF8", "image/gif"},
	{0, "BM", "image/bmp"},
	{0, "II*\x00", "image/tiff"},
	{0, "MM\x00*", "image/tiff"},
	{8, "WEBP", "image/webp"},
	{0, "\x00\x00\x01\x00", "image/vnd.microsoft.icon"},
	{4, "ftyp", "video/mp4"},
	{0, "OggS", "application/ogg"},
	{0, "ID3", "audio/mpeg"},
	{0, "{\\rtf", "application/rtf"},
	{0, "\x00asm", "application/wasm"},
	{0, "#!", "text/x-script"},
	{0, "BEGIN:VCALENDAR", "text/calendar"},
	{0, "BEGIN:VCARD", "text/vcard"},
}

// sniff tells the media type from the bytes, empty where they don't show one.
func sniff(b []byte) string {
	if bytes.HasPrefix(b, []byte("PK\x03\x04")) || bytes.HasPrefix(b, []byte("PK\x05\x06")) {
		return sniffZip(b)
	}
	for _, s := range signatures {
		if len(b) >= s.offset+len(s.bytes) && string(b[s.offset:s.offset+len(s.bytes)]) == s.bytes {
			return s.typ
		}
	}
	return sniffText(b)
}

// zipKinds are names inside a zip file that tell what it is.
var zipKinds = []struct{ name, typ string }{
	{"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
	{"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
	{"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
	{"AndroidManifest.xml", "application/vnd.android.package-archive"},
	{"META-INF/MANIFEST.MF", "application/java-archive"},
	{"mimetypeapplication/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text"},
	{"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "application/vnd.oasis.opendocument.spreadsheet"},
	{"mimetypeapplication/epub+zip", "application/epub+zip"},
}

// sniffZip looks at the names near the start and in the directory at the end.
func sniffZip(b []byte) string {
	head, tail := b[:min(len(b), 64<<10)], b[max(0, len(b)-64<<10):]
	for _, k := range zipKinds {
		if bytes.Contains(head, []byte(k.name)) || bytes.Contains(tail, []byte(k.name)) {
			return k.typ
		}
	}
	return "application/zip"
}

func sniffText(b []byte) string {
	head := b[:min(len(b), 4096)]
	start := bytes.ToLower(bytes.TrimLeft(head[:min(len(head), 256)], "\xef\xbb\xbf \t\r\n"))
	switch {
	case bytes.HasPrefix(start, []byte("<svg")) || bytes.HasPrefix(start, []byte("<?xml")) && bytes.Contains(bytes.ToLower(head), []byte("<svg")):
		return "image/svg+xml"
	case bytes.HasPrefix(start, []byte("<?xml")):
		return "text/xml"
	case bytes.HasPrefix(start, []byte("<script")) || looksLikeHTML(head):
		return "text/html"
	case len(head) == 0:
		return ""
	case looksLikeMail(head):
		return "message/rfc822"
	case bytes.IndexByte(head, 0) < 0 && validText(head):
		return "text/plain"
	}
	return ""
}

// validText forgives a character cut at the end of the sample.
func validText(b []byte) bool {
	for cut := 0; cut < 4 && cut <= len(b); cut++ {
		if utf8.Valid(b[:len(b)-cut]) {
			return true
		}
	}
	return false
}
