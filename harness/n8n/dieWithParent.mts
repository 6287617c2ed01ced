// Loaded into n8n before its own code. The channel closes when the parent process ends, even if it
// is killed.
process.once('disconnect', () => process.exit(1));
