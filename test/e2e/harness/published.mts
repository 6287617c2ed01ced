import type { TestBed } from './testBed.mts';

/**
 * Unpublishes workflows after each test: an example's paths can be published only once.
 * @returns receives the ID of a published workflow
 */
export function useUnpublishing(testBed: TestBed): (id: string) => void {
	const published: string[] = [];
	afterEach(async () => {
		for (const id of published.splice(0)) await testBed.n8n.api.unpublish(id);
	});
	return (id) => {
		published.push(id);
	};
}
