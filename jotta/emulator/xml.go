package emulator

import (
	"bytes"
	"strconv"
	"time"
)

// The two ways in which the service writes times. Both in UTC, in whole seconds.
const (
	jfsTime    = "2006-01-02-T15:04:05Z"
	streamTime = "2006-01-02T15:04:05.000Z"
)

// document is XML being written. Writing it by hand is several times faster than
// encoding/xml, which a listing of a hundred thousand files needs.
type document struct{ buffer bytes.Buffer }

func newDocument() *document {
	d := new(document)
	d.buffer.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	return d
}

func (d *document) bytes() []byte { return d.buffer.Bytes() }

// open starts an element; attributes come as name, value, name, value.
func (d *document) open(name string, attributes ...string) {
	d.start(name, attributes)
	d.buffer.WriteByte('>')
}

func (d *document) empty(name string, attributes ...string) {
	d.start(name, attributes)
	d.buffer.WriteString("/>")
}

func (d *document) start(name string, attributes []string) {
	d.buffer.WriteByte('<')
	d.buffer.WriteString(name)
	for i := 0; i+1 < len(attributes); i += 2 {
		d.buffer.WriteByte(' ')
		d.buffer.WriteString(attributes[i])
		d.buffer.WriteString(`="`)
		d.escape(attributes[i+1])
		d.buffer.WriteByte('"')
	}
}

func (d *document) close(name string) {
	d.buffer.WriteString("</")
	d.buffer.WriteString(name)
	d.buffer.WriteByte('>')
}

func (d *document) text(name, value string) {
	d.open(name)
	d.escape(value)
	d.close(name)
}

// preserved is a text whose spaces at the ends count: names and paths.
func (d *document) preserved(name, value string) {
	d.open(name, "xml:space", "preserve")
	d.escape(value)
	d.close(name)
}

func (d *document) integer(name string, value int64) {
	d.open(name)
	d.buffer.Write(strconv.AppendInt(d.buffer.AvailableBuffer(), value, 10))
	d.close(name)
}

func (d *document) flag(name string, value bool) {
	d.text(name, strconv.FormatBool(value))
}

// when writes a time in seconds; never is written as nothing.
func (d *document) when(name string, seconds int64) {
	d.open(name)
	if seconds != never {
		d.buffer.WriteString(formatTime(seconds))
	}
	d.close(name)
}

// escape writes character data that is safe in an attribute as well. Names hold no
// control characters, so nothing else needs care.
func (d *document) escape(value string) {
	last := 0
	for i := range len(value) {
		var entity string
		switch value[i] {
		case '&':
			entity = "&amp;"
		case '<':
			entity = "&lt;"
		case '>':
			entity = "&gt;"
		case '"':
			entity = "&quot;"
		default:
			continue
		}
		d.buffer.WriteString(value[last:i])
		d.buffer.WriteString(entity)
		last = i + 1
	}
	d.buffer.WriteString(value[last:])
}

func formatTime(seconds int64) string {
	return time.Unix(seconds, 0).UTC().Format(jfsTime)
}
