/** The share of the time that npm spends on reading what versions there are, before it installs them. */
const READING = 0.2;

const MINUTE_MS = 60_000;

/** How far an installation by npm is. */
export class InstallationProgress {
	readonly #packages: number;
	readonly #startedAt: number;
	#read = 0;

	/** How many packages are there, unpacked. npm downloads most of them before it unpacks the first. */
	installed = 0;

	/** @param packages how many packages are installed. */
	constructor(packages: number, now = Date.now()) {
		this.#packages = packages;
		this.#startedAt = now;
	}

	/** @param line npm has printed, with `--loglevel=http`. */
	add(line: string): void {
		if (line.startsWith('npm http fetch GET 200 ') && !line.includes('.tgz ')) this.#read += 1;
	}

	/** From 0 to 1. */
	get share(): number {
		const installed = Math.min(this.installed / this.#packages, 1);
		if (installed > 0) return READING + (1 - READING) * installed;
		return READING * Math.min(this.#read / this.#packages, 1);
	}

	/** Describes the share, the time so far, and what is left if it goes on at this speed. */
	describe(now = Date.now()): string {
		const elapsed = now - this.#startedAt;
		const share = this.share;
		const left = share > 0 ? (elapsed * (1 - share)) / share : undefined;
		return [
			`${Math.round(share * 100)} %`,
			`${minutes(elapsed)} so far`,
			...(left === undefined ? [] : [`about ${minutes(left)} left`]),
		].join(', ');
	}
}

function minutes(ms: number): string {
	const seconds = Math.round(ms / 1000);
	return seconds < 60 ? `${seconds} s` : `${(ms / MINUTE_MS).toFixed(1)} minutes`;
}
