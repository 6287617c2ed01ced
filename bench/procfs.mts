/** Reads from /proc what processes have used since they started. Only Linux has it. */
import { readFileSync } from 'node:fs';

/** The unit of CPU time in /proc, in ms: Linux counts 100 ticks a second for programs. */
const TICK_MS = 10;

/** The CPU time of processes, user and system, in ms. */
export function cpuTime(pids: readonly number[]): number {
	return pids.reduce((sum, pid) => sum + cpuTimeOf(pid), 0);
}

function cpuTimeOf(pid: number): number {
	const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
	// The name of the program is in brackets and may have spaces. utime and stime are fields 14 and 15.
	const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** The bytes that a process has written with system calls, to files and sockets. */
export function bytesWritten(pid: number): number {
	const io = readFileSync(`/proc/${pid}/io`, 'utf8');
	return Number(/^wchar: (\d+)$/m.exec(io)?.[1]);
}
