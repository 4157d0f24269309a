package text

// The usual errors of operating systems, as Go words them.
const (
	noSpace      = "no space left on device"
	quota        = "disk quota exceeded"
	readOnly     = "read-only file system"
	permission   = "permission denied"
	notPermitted = "operation not permitted"
	notThere     = "no such file or directory"
	isFolder     = "is a directory"
	noFolder     = "not a directory"
	inputOutput  = "input/output error"
	tooMany      = "too many open files"
	refusedThere = "connection refused"
	ioTimeout    = "i/o timeout"
	deadline     = "context deadline exceeded"
)
