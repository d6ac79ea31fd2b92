package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

func (d *decoder) size(n *yaml.Node) int64 {
	const want = "a size like 500MB or 4GiB"
	if n.Kind == yaml.ScalarNode && !isA(n, "!!str") && !isA(n, "!!int") {
		d.wrongType(n, want)
		return 0
	}
	text, ok := d.scalar(n, want)
	if !ok {
		return 0
	}
	size, err := ParseSize(text)
	if err != nil {
		d.fail(n, "%q wants a size like 500MB or 4GiB, not %q: %v", d.key, text, err)
		return 0
	}
	return size
}

// ParseSize reads a whole number of bytes, or of one of the units.
func ParseSize(text string) (int64, error) {
	digits := strings.TrimRight(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
	name := text[len(digits):]
	if name != "" {
		digits = strings.TrimSuffix(digits, " ")
	}
	number, err := strconv.ParseUint(digits, 10, 63)
	if err != nil {
		if strings.Trim(digits, "0123456789") == "" && digits != "" {
			return 0, fmt.Errorf("it is too large")
		}
		return 0, fmt.Errorf("it is to be a whole number, not below zero, with or without a unit")
	}
	unit, ok := unitSize(name)
	if !ok {
		return 0, fmt.Errorf("the units are B, KB, MB, GB, TB, PB (thousands) and KiB, MiB, GiB, TiB, PiB (1024s)")
	}
	if number > uint64(math.MaxInt64/unit) {
		return 0, fmt.Errorf("it is too large")
	}
	return int64(number) * unit, nil
}

func unitSize(name string) (int64, bool) {
	switch name {
	case "", "B":
		return 1, true
	case "kB":
		return 1000, true
	}
	size := int64(1)
	for _, prefix := range "KMGTP" {
		size *= 1000
		if name == string(prefix)+"B" {
			return size, true
		}
	}
	size = 1
	for _, prefix := range "KMGTP" {
		size *= 1024
		if name == string(prefix)+"iB" {
			return size, true
		}
	}
	return 0, false
}
