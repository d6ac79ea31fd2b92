package html

import (
	"unicode/utf8"
)

// drawing is a picture of areas in a plane.
type drawing struct {
	Class         string
	Width, Height int
	Areas         []area

	minSide float64 // of a folder that is opened; of others only the sum is drawn
}

// area is a rectangle of one color, or the frame of a folder, which has a label in its
// head.
type area struct {
	X, Y, W, H float64
	Kind       string // "" for a frame
	Label      string // "" where there is no room
	LabelY     float64
	Says       string
	Path       string // what the list is searched for
	Job        int    // and of which job
}

const (
	maxAreas  = 3000
	headroom  = 15.0 // of a folder that has a label
	padding   = 2.0
	leastSide = 26.0  // of a folder that is opened
	smallArea = 300.0 // that has one color
	minPicked = 1.2   // of an area that is drawn
	perLetter = 6.3   // width of a letter of a label
)

// rect is a part of the plane.
type rect struct{ x, y, w, h float64 }

func drawMap(tree *node, width, height int, class string) drawing {
	for side := leastSide; ; side *= 1.25 { // until what is drawn is not too much
		d := drawing{Class: class, Width: width, Height: height, minSide: side}
		d.fill(tree, rect{0, 0, float64(width), float64(height)})
		if len(d.Areas) <= maxAreas {
			return d
		}
	}
}

// fill divides a rectangle among a folder's children.
func (d *drawing) fill(n *node, within rect) {
	children := n.heaviestFirst()
	for i, part := range squarify(children, n.weight, within) {
		d.draw(children[i], part)
	}
}

func (d *drawing) draw(n *node, r rect) {
	if r.w < minPicked || r.h < minPicked || len(d.Areas) > maxAreas {
		return
	}
	name := n.name
	for n.leaf < 0 && len(n.children) == 1 { // a folder that holds nothing but another
		for _, only := range n.children {
			n, name = only, name+only.name
		}
	}
	if n.leaf >= 0 || r.w < d.minSide || r.h < d.minSide {
		d.sum(n, name, r)
		return
	}
	frame := area{X: r.x, Y: r.y, W: r.w, H: r.h, Says: n.says(), Path: n.path, Job: n.job}
	inner := rect{r.x + padding, r.y + padding, r.w - 2*padding, r.h - 2*padding}
	if r.h > 2.5*headroom {
		frame.Label, frame.LabelY = label(name, inner.w), r.y+11.5
		if frame.Label != "" {
			inner.y += headroom - padding
			inner.h -= headroom - padding
		}
	}
	d.Areas = append(d.Areas, frame)
	d.fill(n, inner)
}

// sum draws a folder that is not opened: a stripe for each kind of its files.
func (d *drawing) sum(n *node, name string, r rect) {
	says := n.says()
	stripes := n.stripes()
	if r.w*r.h < smallArea {
		stripes = []stripe{{n.main(), 0, 1}}
	}
	for i, s := range stripes {
		part := rect{r.x + r.w*s.from, r.y, r.w * (s.to - s.from), r.h}
		if r.h > r.w {
			part = rect{r.x, r.y + r.h*s.from, r.w, r.h * (s.to - s.from)}
		}
		a := area{X: part.x + 0.5, Y: part.y + 0.5, W: max(0, part.w-1), H: max(0, part.h-1), Kind: kinds[s.kind].name, Says: says, Path: n.path, Job: n.job}
		if i == 0 && part.h > headroom {
			a.Label, a.LabelY = label(name, part.w-6), part.y+min(part.h/2+4, 14)
		}
		d.Areas = append(d.Areas, a)
	}
}

// label is a name if there is room for a good part of it.
func label(name string, width float64) string {
	room := int((width - 4) / perLetter)
	switch {
	case utf8.RuneCountInString(name) <= room:
		return name
	case room < 5:
		return ""
	}
	return string([]rune(name)[:room-1]) + "…"
}

// squarify divides a rectangle into parts with the children's shares of the weight, as
// near to squares as may be (Bruls, Huizing, van Wijk). The heaviest come first.
func squarify(children []*node, weight float64, within rect) []rect {
	parts := make([]rect, 0, len(children))
	left := within
	for start := 0; start < len(children); {
		scale := left.w * left.h / max(weight, 1)
		side := min(left.w, left.h)
		end, sum := start+1, children[start].weight
		for end < len(children) && worst(children[start:end+1], sum+children[end].weight, side, scale) <= worst(children[start:end], sum, side, scale) {
			sum += children[end].weight
			end++
		}
		parts, left = layRow(parts, children[start:end], sum*scale, scale, left)
		weight -= sum
		start = end
	}
	return parts
}

// worst is the greatest ratio of the sides of the parts in a row, the heaviest of which
// comes first.
func worst(row []*node, sum, side, scale float64) float64 {
	thick := sum * scale / max(side, 1e-9)
	long := func(n *node) float64 { return n.weight * scale / max(thick, 1e-9) }
	ratio := func(length float64) float64 { return max(length/max(thick, 1e-9), thick/max(length, 1e-9)) }
	return max(ratio(long(row[0])), ratio(long(row[len(row)-1])))
}

// layRow puts a row along the shorter side, and returns what is left of the rectangle.
func layRow(parts []rect, row []*node, surface, scale float64, left rect) ([]rect, rect) {
	if left.w >= left.h {
		thick := surface / max(left.h, 1e-9)
		y := left.y
		for _, n := range row {
			long := n.weight * scale / max(thick, 1e-9)
			parts = append(parts, rect{left.x, y, thick, long})
			y += long
		}
		return parts, rect{left.x + thick, left.y, max(0, left.w-thick), left.h}
	}
	thick := surface / max(left.w, 1e-9)
	x := left.x
	for _, n := range row {
		long := n.weight * scale / max(thick, 1e-9)
		parts = append(parts, rect{x, left.y, long, thick})
		x += long
	}
	return parts, rect{left.x, left.y + thick, left.w, max(0, left.h-thick)}
}
