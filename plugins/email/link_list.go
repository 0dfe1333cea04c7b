package email

// linkList collects links without repeating them.
type linkList struct {
	links     []Link
	truncated bool
}

// full says that no more links are kept, and notes that there were more.
func (l *linkList) full() bool {
	l.truncated = l.truncated || len(l.links) >= 2*maxLinks
	return l.truncated
}

// reserve keeps a place for a link whose text is not known yet; -1: no room.
func (l *linkList) reserve(link Link) int {
	if l.full() {
		return -1
	}
	l.links = append(l.links, link)
	return len(l.links) - 1
}

// finish drops repetitions of the same target under the same text, and bare
// addresses to where a link leads as well.
func (l *linkList) finish() ([]Link, bool) {
	linked, seen := map[string]bool{}, map[string]bool{}
	for _, link := range l.links {
		linked[link.URL] = linked[link.URL] || link.Source != "text"
	}
	out := []Link{}
	for _, link := range l.links {
		link.Text = clip(oneLine(link.Text), maxLinkText)
		key := link.URL + "\x00" + link.Text
		if seen[key] || (link.Source == "text" && linked[link.URL]) {
			continue
		}
		seen[key] = true
		if len(out) == maxLinks {
			return out, true
		}
		out = append(out, link)
	}
	return out, l.truncated
}
