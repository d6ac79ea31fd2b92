package config

import (
	"regexp"
	"slices"

	"gopkg.in/yaml.v3"
)

// What a job does with symbolic links.
const (
	SymlinksSkip   = "skip"
	SymlinksFollow = "follow" // only to places inside the job's roots, and its FollowInto
)

// What a job does with local names that are one and the same to the cloud.
const (
	CollisionsRefuse = "refuse" // none of them is uploaded
	CollisionsRename = "rename" // all but one get a suffix, each run the same
)

// Job is one named backup: local roots, a target, and rules for what to leave out.
type Job struct {
	Name  string
	Roots []Root
	// Target is /device/backupdir and any folders below it, without a slash at the end.
	Target string
	// Exclude are the rules in the order they count, the last that matches wins:
	// exclude and exclude_from of the defaults, then those of the job. A root's own
	// come after them.
	Exclude []Pattern
	// ExcludeIfPresent are names of files that leave out the folder they are in.
	ExcludeIfPresent []string
	// IgnoreFile is the name of files of patterns, each for the folder that it is in; ""
	// is none.
	IgnoreFile string
	// ExcludeLargerThan is in bytes; 0 is no limit.
	ExcludeLargerThan int64
	Symlinks          string
	// FollowInto are folders, absolute and clean, that links may lead into besides the roots.
	FollowInto    []string
	OneFileSystem bool
	Prune         string
	// PruneExcluded extends Prune to files that an exclude rule hides here.
	PruneExcluded bool
	MaxPrune      Limit
	Collisions    string
	Require       Require
	// Rehash is the share, 0 to 1, of the files with a known checksum that each run reads
	// again all the same.
	Rehash float64
	// UpdateTimes sends changed times of files whose content is unchanged.
	UpdateTimes bool
	// Metadata keeps a manifest of what a Linux tree has and the cloud does not.
	Metadata bool
}

func defaultJob() Job {
	return Job{Symlinks: SymlinksSkip, Prune: PruneNever, MaxPrune: defaultLimit(), Collisions: CollisionsRefuse}
}

// declared remembers where a job's name and target stand, to compare jobs.
type declared struct {
	from         *decoder
	job          Job
	name, target *yaml.Node
}

func (d *decoder) jobs(n *yaml.Node, defaults Job) []declared {
	pairs := d.pairs(n)
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		d.fail(n, "\"jobs\" declares no job")
	}
	var all []declared
	for _, p := range pairs {
		d.jobName(p.key)
		if !d.refused[p.value] {
			all = append(all, d.job(p, defaults))
		}
	}
	return all
}

var jobName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

func (d *decoder) jobName(key *yaml.Node) {
	if !jobName.MatchString(key.Value) {
		d.fail(key, "%q is no name for a job: up to 64 of A-Z a-z 0-9 . _ -, the first a letter or a digit", key.Value)
	}
}

func (d *decoder) job(p pair, defaults Job) declared {
	j := declared{from: d, job: defaults, name: p.key}
	j.job.Name = p.key.Value
	// Clipped, so that what one job appends is not written into another's list.
	j.job.Exclude = slices.Clip(defaults.Exclude)
	j.job.ExcludeIfPresent = slices.Clip(defaults.ExcludeIfPresent)
	j.job.FollowInto = slices.Clip(defaults.FollowInto)
	outer := d.key
	d.key = p.key.Value
	keys := d.mapping(p.value, d.jobTable(&j))
	d.key = outer
	if p.value.Kind != yaml.MappingNode {
		return j
	}
	switch {
	case keys["root"] != nil && keys["roots"] != nil:
		d.fail(keys["roots"], "job %q has both \"root\" and \"roots\"; one of them is meant", p.key.Value)
	case keys["root"] == nil && keys["roots"] == nil:
		d.fail(p.key, "job %q has no \"root\" (one folder) or \"roots\" (a list), one of them is required", p.key.Value)
	}
	if keys["follow_into"] != nil && j.job.Symlinks == SymlinksSkip {
		d.fail(keys["follow_into"], "\"follow_into\" has no effect without \"symlinks: follow\"")
	}
	if keys["target"] == nil {
		d.fail(p.key, "job %q has no \"target\", which is required", p.key.Value)
	}
	return j
}

func (d *decoder) jobTable(j *declared) table {
	t := d.defaultsTable(&j.job)
	t.of = "a job"
	t.fields = append([]field{
		{"root", func(n *yaml.Node) { j.job.Roots = d.root(n) }},
		{"roots", func(n *yaml.Node) { j.job.Roots = d.roots(n) }},
		{"target", func(n *yaml.Node) { j.job.Target, j.target = d.target(n), n }},
	}, t.fields...)
	return t
}

// defaultsTable has what a job and the defaults share. Lists are added to, and so is
// require: a job that names one guard keeps the other.
func (d *decoder) defaultsTable(j *Job) table {
	return table{
		of: "defaults",
		fields: []field{
			{"exclude", func(n *yaml.Node) { j.Exclude = append(j.Exclude, d.patterns(n)...) }},
			{"exclude_from", func(n *yaml.Node) { j.Exclude = append(j.Exclude, d.patternFile(n)...) }},
			{"exclude_if_present", func(n *yaml.Node) { j.ExcludeIfPresent = append(j.ExcludeIfPresent, d.fileNames(n)...) }},
			{"ignore_file", func(n *yaml.Node) { j.IgnoreFile = d.fileName(n) }},
			{"exclude_larger_than", func(n *yaml.Node) { j.ExcludeLargerThan = d.size(n) }},
			{"symlinks", func(n *yaml.Node) { j.Symlinks, _ = d.choice(n, SymlinksSkip, SymlinksFollow) }},
			{"follow_into", func(n *yaml.Node) { j.FollowInto = append(j.FollowInto, d.paths(n)...) }},
			{"one_file_system", func(n *yaml.Node) { j.OneFileSystem, _ = d.boolean(n) }},
			{"prune", func(n *yaml.Node) { j.Prune, _ = d.choice(n, PruneNever, PruneTrash, PrunePurge) }},
			{"prune_excluded", func(n *yaml.Node) { j.PruneExcluded, _ = d.boolean(n) }},
			{"max_prune", func(n *yaml.Node) { j.MaxPrune = d.limit(n) }},
			{"collisions", func(n *yaml.Node) { j.Collisions, _ = d.choice(n, CollisionsRefuse, CollisionsRename) }},
			{"update_times", func(n *yaml.Node) { j.UpdateTimes, _ = d.boolean(n) }},
			{"rehash", func(n *yaml.Node) { j.Rehash = d.share(n) }},
			{"metadata", func(n *yaml.Node) { j.Metadata, _ = d.boolean(n) }},
			{"require", func(n *yaml.Node) { d.mapping(n, d.requireTable(&j.Require)) }},
		},
	}
}

// compareNames refuses names that would be one file on some file systems.
func compareNames(all []declared) {
	first := make(map[string]declared)
	for _, j := range all {
		folded := fold(j.name.Value)
		other, found := first[folded]
		switch {
		case !found:
			first[folded] = j
		case other.name.Value == j.name.Value:
			j.from.fail(j.name, "job %q is in %s already", j.name.Value, other.from.position(other.name))
		default:
			j.from.fail(j.name, "job %q differs from job %q (%s) in case only", j.name.Value, other.name.Value, other.from.position(other.name))
		}
	}
}
