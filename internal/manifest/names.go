package manifest

import (
	"os/user"
	"strconv"
	"unicode/utf8"
)

// names remembers what users and groups are called here, and which numbers they have.
type names struct {
	users, groups     map[uint32]string
	userIDs, groupIDs map[ID]uint32
}

// maxKnown keeps a manifest full of made-up names from filling the memory.
const maxKnown = 100_000

func newNames() *names {
	return &names{map[uint32]string{}, map[uint32]string{}, map[ID]uint32{}, map[ID]uint32{}}
}

func (n *names) user(id uint32) string {
	return name(n.users, id, func(id string) (string, error) {
		u, err := user.LookupId(id)
		if err != nil {
			return "", err
		}
		return u.Username, nil
	})
}

func (n *names) group(id uint32) string {
	return name(n.groups, id, func(id string) (string, error) {
		g, err := user.LookupGroupId(id)
		if err != nil {
			return "", err
		}
		return g.Name, nil
	})
}

func name(known map[uint32]string, id uint32, lookup func(string) (string, error)) string {
	if name, ok := known[id]; ok {
		return name
	}
	name, err := lookup(strconv.FormatUint(uint64(id), 10))
	if err != nil || len(name) > maxOwnerName || !utf8.ValidString(name) {
		name = ""
	}
	if len(known) < maxKnown {
		known[id] = name
	}
	return name
}

// userID is the number that a recorded user has here: the one of that name, else the
// recorded number. The superuser is the same everywhere.
func (n *names) userID(id ID) uint32 {
	return number(n.userIDs, id, func(name string) (string, error) {
		u, err := user.Lookup(name)
		if err != nil {
			return "", err
		}
		return u.Uid, nil
	})
}

func (n *names) groupID(id ID) uint32 {
	return number(n.groupIDs, id, func(name string) (string, error) {
		g, err := user.LookupGroup(name)
		if err != nil {
			return "", err
		}
		return g.Gid, nil
	})
}

func number(known map[ID]uint32, id ID, lookup func(string) (string, error)) uint32 {
	if id.Number == 0 || id.Name == "" {
		return id.Number
	}
	if number, ok := known[id]; ok {
		return number
	}
	number := id.Number
	if text, err := lookup(id.Name); err == nil {
		if parsed, err := strconv.ParseUint(text, 10, 32); err == nil && parsed != reserved {
			number = uint32(parsed)
		}
	}
	if len(known) < maxKnown {
		known[id] = number
	}
	return number
}
