package state

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"os"
)

// bbolt takes the pages of its file for what they were when they were written. Where
// a damaged one leads in a circle it recurses until the process dies, which nothing can
// catch; so the shape of the tree is looked at before bbolt sees it. What the values
// say is not of interest here: each has a checksum of its own.

const (
	pageHeader  = 16
	pageElement = 16
	branchPage  = 0x01
	leafPage    = 0x02
	freePage    = 0x10
	isBucket    = 0x01
	metaLength  = 64 // without the header
	bboltMagic  = 0xED0CDAED
)

// pageTree is a file of bbolt that is being looked at.
type pageTree struct {
	file     io.ReaderAt
	pageSize int64
	known    []bool   // pages that have a place in the tree
	todo     []uint64 // pages to be looked at
}

// checkPages returns an error where the file is not a tree of pages.
func checkPages(file io.ReaderAt, size int64) error {
	meta, pageSize := newestMeta(file)
	if meta == nil {
		return fmt.Errorf("%w: it has no head", errForeign)
	}
	root, free, end := meta(16), meta(32), meta(40)
	if end > uint64(size/pageSize) {
		return fmt.Errorf("%w: it is cut off", errForeign)
	}
	t := &pageTree{file: file, pageSize: pageSize, known: make([]bool, end), todo: []uint64{root}}
	if end < 2 {
		return fmt.Errorf("%w: it has no pages", errForeign)
	}
	t.known[0], t.known[1] = true, true
	for len(t.todo) > 0 {
		id := t.todo[len(t.todo)-1]
		t.todo = t.todo[:len(t.todo)-1]
		if !t.page(id) {
			return fmt.Errorf("%w: its page %d is not as it was written", errForeign, id)
		}
	}
	if !t.freelist(free) {
		return fmt.Errorf("%w: its list of free pages is not as it was written", errForeign)
	}
	return nil
}

// newestMeta returns the numbers in the valid head with the highest transaction.
func newestMeta(file io.ReaderAt) (newest func(offset int) uint64, pageSize int64) {
	transaction := uint64(0)
	for _, at := range []int64{0, int64(os.Getpagesize())} {
		buffer := make([]byte, metaLength)
		if _, err := file.ReadAt(buffer, at+pageHeader); err != nil {
			continue
		}
		sum := fnv.New64a()
		sum.Write(buffer[:metaLength-8])
		number := func(offset int) uint64 { return binary.NativeEndian.Uint64(buffer[offset:]) }
		size := binary.NativeEndian.Uint32(buffer[8:])
		valid := binary.NativeEndian.Uint32(buffer) == bboltMagic && number(56) == sum.Sum64() && int(size) == os.Getpagesize()
		if valid && (newest == nil || number(48) > transaction) {
			newest, pageSize, transaction = number, int64(size), number(48)
		}
	}
	return newest, pageSize
}

// claim gives a page and those that continue it their place, once.
func (t *pageTree) claim(id, overflow uint64) bool {
	if id >= uint64(len(t.known)) || overflow >= uint64(len(t.known))-id {
		return false
	}
	for i := id; i <= id+overflow; i++ {
		if t.known[i] {
			return false
		}
		t.known[i] = true
	}
	return true
}

// page looks at a branch or leaf and notes the pages below.
func (t *pageTree) page(id uint64) bool {
	kind, elements, length, ok := t.read(id)
	if !ok || kind != branchPage && kind != leafPage {
		return false
	}
	for i := range len(elements) / pageElement {
		element := elements[i*pageElement:][:pageElement]
		rest := length - pageHeader - int64(i)*pageElement // from the element on
		if kind == branchPage {
			if number32(element, 0)+number32(element, 4) > rest {
				return false
			}
			t.todo = append(t.todo, binary.NativeEndian.Uint64(element[8:]))
			continue
		}
		value := number32(element, 4) + number32(element, 8)
		if value+number32(element, 12) > rest {
			return false
		}
		if number32(element, 0)&isBucket != 0 && !t.bucket(int64(id)*t.pageSize+length-rest+value, number32(element, 12)) {
			return false
		}
	}
	return kind == leafPage || len(elements) > 0
}

// read returns the elements of a page, and how long it is with those that continue it.
func (t *pageTree) read(id uint64) (kind uint16, elements []byte, length int64, ok bool) {
	header := make([]byte, pageHeader)
	if id >= uint64(len(t.known)) {
		return 0, nil, 0, false
	}
	if _, err := t.file.ReadAt(header, int64(id)*t.pageSize); err != nil || binary.NativeEndian.Uint64(header) != id {
		return 0, nil, 0, false
	}
	kind = binary.NativeEndian.Uint16(header[8:])
	count := int64(binary.NativeEndian.Uint16(header[10:]))
	overflow := number32(header, 12)
	length = (1 + overflow) * t.pageSize
	if !t.claim(id, uint64(overflow)) || pageHeader+count*pageElement > length {
		return 0, nil, 0, false
	}
	elements = make([]byte, count*pageElement)
	_, err := t.file.ReadAt(elements, int64(id)*t.pageSize+pageHeader)
	return kind, elements, length, err == nil
}

// bucket looks at the head of a bucket: its root is a page of the file, or follows
// right there and holds values only.
func (t *pageTree) bucket(at, length int64) bool {
	if length < 16 {
		return false
	}
	value := make([]byte, length)
	if _, err := t.file.ReadAt(value, at); err != nil {
		return false
	}
	if root := binary.NativeEndian.Uint64(value); root != 0 {
		t.todo = append(t.todo, root)
		return true
	}
	inline := value[16:]
	if len(inline) < pageHeader || binary.NativeEndian.Uint16(inline[8:]) != leafPage {
		return false
	}
	count := int(binary.NativeEndian.Uint16(inline[10:]))
	for i := range count {
		from := pageHeader + i*pageElement
		if from+pageElement > len(inline) {
			return false
		}
		element := inline[from:]
		if number32(element, 0) != 0 || number32(element, 4)+number32(element, 8)+number32(element, 12) > int64(len(element)) {
			return false
		}
	}
	return true
}

// freelist looks for pages that are said to be free and are not.
func (t *pageTree) freelist(id uint64) bool {
	header := make([]byte, pageHeader+8)
	if id >= uint64(len(t.known)) {
		return false
	}
	if _, err := t.file.ReadAt(header, int64(id)*t.pageSize); err != nil || binary.NativeEndian.Uint64(header) != id {
		return false
	}
	overflow := number32(header, 12)
	if binary.NativeEndian.Uint16(header[8:]) != freePage || !t.claim(id, uint64(overflow)) {
		return false
	}
	from, count := int64(pageHeader), uint64(binary.NativeEndian.Uint16(header[10:]))
	if count == 0xFFFF {
		from, count = pageHeader+8, binary.NativeEndian.Uint64(header[pageHeader:])
	}
	if count > uint64((1+overflow)*t.pageSize-from)/8 {
		return false
	}
	ids := make([]byte, count*8)
	if _, err := t.file.ReadAt(ids, int64(id)*t.pageSize+from); err != nil {
		return false
	}
	for i := range count {
		if !t.claim(binary.NativeEndian.Uint64(ids[i*8:]), 0) {
			return false
		}
	}
	return true
}

func number32(text []byte, at int) int64 {
	return int64(binary.NativeEndian.Uint32(text[at:]))
}
