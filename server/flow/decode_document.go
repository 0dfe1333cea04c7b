package flow

type readers = map[string]func(*value, string)

func (d *decoder) document(root *value) {
	doc := d.doc
	d.object(root, "", []string{"name", "nodes", "edges"}, readers{
		"format": d.str(&doc.Format), "id": d.str(&doc.ID), "name": d.str(&doc.Name),
		"description": d.str(&doc.Description), "labels": d.strings(&doc.Labels),
		"connectors": d.stringMap(&doc.Connectors), "credentials": d.credentials,
		"input": d.plain(&doc.Input), "vars": d.anyMap(&doc.Vars),
		"limits": d.limits, "minutesSaved": d.whole(&doc.MinutesSaved),
		"nodes":  func(v *value, at string) { d.each(v, at, d.node) },
		"edges":  func(v *value, at string) { d.each(v, at, d.edge) },
		"output": d.plain(&doc.Output),
		"notes":  func(v *value, at string) { d.each(v, at, d.note) },
		"groups": func(v *value, at string) { d.each(v, at, d.group) },
	})
	doc.Format = Format
}

func (d *decoder) credentials(v *value, pointer string) {
	if v.kind != kindObject {
		d.wrong(v, pointer, "an object")
		return
	}
	d.doc.Credentials = map[string]Credential{}
	for i := range v.members {
		var c Credential
		d.object(&v.members[i].value, Join(pointer, v.members[i].name), []string{"type"}, readers{"type": d.str(&c.Type)})
		d.doc.Credentials[v.members[i].name] = c
	}
}

func (d *decoder) limits(v *value, pointer string) {
	l := &Limits{}
	d.object(v, pointer, nil, readers{
		"concurrency": d.whole(&l.Concurrency), "queue": d.whole(&l.Queue), "timeout": d.str(&l.Timeout), "keep": d.str(&l.Keep),
	})
	d.doc.Limits = l
}

func (d *decoder) whole(into *int) func(*value, string) {
	return func(v *value, at string) {
		n, ok := v.number.(int64)
		if !ok || int64(int(n)) != n {
			d.wrong(v, at, "a whole number")
			return
		}
		*into = int(n)
	}
}

func (d *decoder) node(v *value, pointer string) {
	var n Node
	d.object(v, pointer, []string{"id", "type", "position"}, readers{
		"id": d.str(&n.ID), "type": d.str(&n.Type), "name": d.str(&n.Name), "parent": d.str(&n.Parent),
		"position": d.point(&n.Position), "size": d.size(&n.Size), "collapsed": d.boolean(&n.Collapsed),
		"disabled": d.boolean(&n.Disabled),
		"join":     d.str(&n.Join), "credential": d.str(&n.Credential), "site": d.str(&n.Site),
		"with": d.anyMap(&n.With), "timeout": d.str(&n.Timeout), "onError": d.str(&n.OnError),
		"retry": func(v *value, at string) { n.Retry = d.retry(v, at) },
	})
	d.doc.Nodes = append(d.doc.Nodes, n)
}

func (d *decoder) retry(v *value, pointer string) *Retry {
	r := &Retry{}
	d.object(v, pointer, []string{"attempts"}, readers{
		"backoff": d.str(&r.Backoff), "on": d.strings(&r.On),
		"attempts": d.whole(&r.Attempts),
	})
	return r
}

func (d *decoder) edge(v *value, pointer string) {
	var e Edge
	d.object(v, pointer, []string{"from", "to"}, readers{"from": d.str(&e.From), "to": d.str(&e.To)})
	d.doc.Edges = append(d.doc.Edges, e)
}

func (d *decoder) note(v *value, pointer string) {
	var n Note
	d.object(v, pointer, []string{"id", "text", "position"}, readers{
		"id": d.str(&n.ID), "text": d.str(&n.Text), "parent": d.str(&n.Parent),
		"position": d.point(&n.Position), "size": d.size(&n.Size),
	})
	d.doc.Notes = append(d.doc.Notes, n)
}

func (d *decoder) group(v *value, pointer string) {
	var g Group
	if v.kind != kindObject {
		d.wrong(v, pointer, "an object")
		return
	}
	d.object(v, pointer, []string{"id", "name", "nodes"}, readers{
		"id": d.str(&g.ID), "name": d.str(&g.Name), "nodes": d.strings(&g.Nodes), "color": d.str(&g.Color),
	})
	d.doc.Groups = append(d.doc.Groups, g)
}
