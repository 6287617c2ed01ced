import { posix } from 'node:path';
import { z } from 'zod';
import { anchorsOf, type Part, parseMarkdown } from './markdown.mts';
import type { File, Page } from './repository.mts';

const REPOSITORY = 'https://github.com/n8n-nodes-rsompay/n8n-nodes-rsompay';
const RAW = 'https://raw.githubusercontent.com/n8n-nodes-rsompay/n8n-nodes-rsompay/main/';

/** What GitHub itself has in a repository, beside its files. */
const GITHUB_PAGES = ['', '.git', '/issues', '/releases', '/security/advisories/new'];

/** The repository, as far as links lead into it. */
export interface Target {
	/** Whether it has a file or folder. */
	exists(path: string): boolean;
	/** Its Markdown files. */
	pages: readonly Page[];
}

/** The links of a file, and the rules for them. */
export interface LinkedFile {
	path: string;
	links: readonly Part[];
	/** Whether it is shown elsewhere than in the repository, where a relative link leads nowhere. */
	isShownElsewhere: boolean;
}

const WEB_ADDRESS = /https?:\/\/[^\s"'`<>)\]\\]+/g;

/** Finds the addresses in a text that is not Markdown. One with a placeholder (`${…}`) is left out. */
export function addressesIn(text: string): Part[] {
	return text
		.split('\n')
		.flatMap((content, index) =>
			[...content.matchAll(WEB_ADDRESS)].map(([address]) => ({
				text: address.replace(/[.,:;]+$/, ''),
				line: index + 1,
			})),
		)
		.filter(({ text: address }) => !address.includes('${'));
}

const workflowSchema = z.object({
	nodes: z.array(
		z.object({ type: z.string(), parameters: z.object({ content: z.string().optional() }) }),
	),
});

/** Finds the links in the notes of a workflow. The lines are those of the note. */
export function linksInNotes({ text }: File): Part[] {
	return workflowSchema
		.parse(JSON.parse(text))
		.nodes.filter(({ type }) => type === 'n8n-nodes-base.stickyNote')
		.flatMap(({ parameters: { content = '' } }) => parseMarkdown(content).links);
}

/** Returns the hosts of links to other sites. */
export function foreignHosts(files: readonly LinkedFile[]): Set<string> {
	const links = files.flatMap((file) => file.links).filter(({ text }) => isForeign(text));
	return new Set(links.map(({ text }) => new URL(text).hostname));
}

const isForeign = (link: string) => /^https?:/.test(link) && ownPath(link) === undefined;

/** Finds the links of a file that lead nowhere, and those to hosts that are not in the list. */
export function checkLinks(
	{ path, links, isShownElsewhere }: LinkedFile,
	target: Target,
	hosts: readonly string[],
): string[] {
	return links.flatMap(({ text: link, line }) => {
		const problem = problemOf(link);
		return problem === undefined ? [] : [`${path}:${line}: ${link} ${problem}`];
	});

	function problemOf(link: string): string | undefined {
		if (link.startsWith('mailto:')) return undefined;
		if (isForeign(link)) {
			return hosts.includes(new URL(link).hostname) ? undefined : 'leads to a host that is unknown';
		}
		const own = ownPath(link);
		if (own === undefined && isShownElsewhere) return 'is relative';
		const [file = '', anchor] = (own ?? link).split('#');
		if (own !== undefined && GITHUB_PAGES.includes(file)) return undefined;
		const linked = own === undefined ? resolve(file) : withoutBranch(file);
		if (linked === undefined || !target.exists(linked)) return 'leads to no file';
		if (anchor === undefined) return undefined;
		const page = target.pages.find((other) => other.path === linked);
		return page && anchorsOf(page.markdown).has(anchor) ? undefined : 'leads to no heading';
	}

	function resolve(file: string): string {
		return file === '' ? path : posix.join(posix.dirname(path), decodeURI(file));
	}
}

/** The part of an address of this repository behind its name, or of a raw file as its page. */
function ownPath(link: string): string | undefined {
	if (link.startsWith(RAW)) return `/blob/main/${link.slice(RAW.length)}`;
	const rest = link.startsWith(REPOSITORY) ? link.slice(REPOSITORY.length) : undefined;
	return rest !== undefined && /^(\.git$|[/#]|$)/.test(rest) ? rest : undefined;
}

const withoutBranch = (path: string): string | undefined =>
	/^\/(?:blob|tree|raw)\/main\/(.+)$/.exec(path)?.[1];
