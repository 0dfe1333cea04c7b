package email

// Mail is one parsed mail. Lists are never null.
type Mail struct {
	Subject        string         `json:"subject"`
	From           Address        `json:"from" doc:"The author, from the first From field; both parts empty where there is none."`
	Sender         *Address       `json:"sender" doc:"The Sender field, null where there is none."`
	ReplyTo        []Address      `json:"replyTo"`
	To             []Address      `json:"to"`
	Cc             []Address      `json:"cc"`
	ReturnPath     string         `json:"returnPath" doc:"The envelope's sender as the last server noted it."`
	Date           *string        `json:"date" format:"date-time" doc:"RFC 3339 with the sender's offset; null where absent or unreadable."`
	MessageID      string         `json:"messageId" doc:"Without its brackets."`
	InReplyTo      string         `json:"inReplyTo"`
	References     []string       `json:"references"`
	Headers        []Header       `json:"headers" doc:"All fields in their order, decoded."`
	Text           string         `json:"text" doc:"The plain text, or one made from the HTML, where links follow their text in < >. At most 1 MiB."`
	TextFrom       string         `json:"textFrom" enum:"plain,html,none" doc:"What text was made from."`
	TextTruncated  bool           `json:"textTruncated"`
	Alternative    string         `json:"alternative" doc:"The text made from the HTML, where text is the plain one and says something else; else empty. At most 1 MiB."`
	HTML           string         `json:"html" doc:"The HTML as sent, decoded to UTF-8. At most 1 MiB. Never show it without a sanitiser."`
	HTMLTruncated  bool           `json:"htmlTruncated"`
	Links          []Link         `json:"links" doc:"Absolute http, https and ftp links that a reader can follow, those of the HTML first. At most 2,000."`
	Authentication Authentication `json:"authentication"`
	Received       []Hop          `json:"received" doc:"The way of the mail, the newest hop first, as in the header."`
	Attachments    []Attachment   `json:"attachments"`
	MessageSize    int            `json:"messageSize" doc:"Bytes of the mail as it came."`
}

// Header is one decoded header field.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Link is something a reader can follow.
type Link struct {
	Text string `json:"text" doc:"The visible text, white space collapsed; for a bare address the address itself."`
	URL  string `json:"url" doc:"The target as written, with entities decoded and line breaks removed."`
	Host string `json:"host" doc:"Its host in lower case, in ASCII form (punycode) where international."`
	// Source tells how a reader meets the link.
	Source   string `json:"source" enum:"html,area,form,frame,text" doc:"html and area: a link; form: where a form is sent; frame: a page that is opened by itself, in a frame or by a refresh; text: a bare address that mail readers make a link."`
	Resolved bool   `json:"resolved" doc:"The target was relative and was completed: by a base element, or by https for //host."`
}

// Attachment is a part that is not the text of the mail.
type Attachment struct {
	Name      string `json:"name" doc:"As the sender wrote it: it is not a safe file name."`
	Size      int    `json:"size" doc:"Bytes after decoding."`
	SHA256    string `json:"sha256"`
	SHA1      string `json:"sha1"`
	MD5       string `json:"md5"`
	Type      string `json:"type" doc:"The media type that the sender declared."`
	Magic     string `json:"magic" doc:"The media type that the bytes show, empty where they show none."`
	Inline    bool   `json:"inline" doc:"Shown in the text, not listed."`
	ContentID string `json:"contentId"`
}

// Authentication sums up what the receiving servers found. An empty string
// means that no server said anything.
type Authentication struct {
	SPF     string       `json:"spf" doc:"pass, fail, softfail, neutral, none, temperror, permerror or empty."`
	DKIM    string       `json:"dkim"`
	DMARC   string       `json:"dmarc"`
	Details []AuthResult `json:"details" doc:"Every result, of the newest header first."`
}

// AuthResult is one result of one method.
type AuthResult struct {
	Method string `json:"method"`
	Result string `json:"result"`
	Domain string `json:"domain" doc:"The domain that was checked."`
	Detail string `json:"detail" doc:"What the server added."`
	Server string `json:"server" doc:"Which server says so, where it does."`
	Header string `json:"header" doc:"The header field it stands in. Any sender can forge one below those of your own servers."`
}

// Hop is one Received field.
type Hop struct {
	From string  `json:"from"`
	By   string  `json:"by"`
	With string  `json:"with"`
	IP   string  `json:"ip" doc:"The address the mail came from, empty where the field has none."`
	Date *string `json:"date" format:"date-time"`
}

// Problem is something odd about the mail that did not stop the reading of it.
type Problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}
