// Loaded into n8n before its own code.

// The channel closes when the parent process ends, even if it is killed.
process.once('disconnect', () => process.exit(1));

process.on('message', (message) => {
	if (message === 'liveHeap') reportLiveHeap().catch(console.error);
});

async function reportLiveHeap(): Promise<void> {
	const { Session } = await import('node:inspector/promises');
	const session = new Session();
	session.connect();
	await session.post('HeapProfiler.collectGarbage');
	session.disconnect();
	const { heapUsed, external } = process.memoryUsage();
	process.send?.({ liveHeap: heapUsed + external });
}
