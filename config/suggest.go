package config

import (
	"fmt"
	"strings"
)

// didYouMean returns `, did you mean "x"?` for the nearest of the words, or "" if
// none is near.
func didYouMean(written string, words []string) string {
	nearest, least := "", len(written)/3+2
	for _, word := range words {
		if distance := editDistance(strings.ToLower(written), strings.ToLower(word)); distance < least {
			nearest, least = word, distance
		}
	}
	if nearest == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %q?", nearest)
}

// editDistance counts the letters to insert, drop, replace or swap with their
// neighbour to get from a to b.
func editDistance(a, b string) int {
	before, last := []int(nil), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			replace := last[j]
			if a[i] != b[j] {
				replace++
			}
			row[j+1] = min(replace, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
