package library

// UseKind says what of a flow a [Use] is.
type UseKind int

// The kinds of uses.
const (
	UseDraft   UseKind = iota // the draft
	UseVersion                // a published version
	UseRun                    // what runs in flight are pinned to
)

// Use is a document that may use something: a draft, a published version, or what
// runs in flight are pinned to.
type Use struct {
	Kind UseKind
	Flow string
	Name string
	// Version is that of a published one; Newest says that webhooks start it.
	Version int
	Newest  bool
	// Runs counts those in flight; Deleted says that their flow is gone.
	Runs    int
	Deleted bool
	// Digest is that of the document, but of drafts.
	Digest string
}
