import type { Locator, Page } from 'playwright-core';
import { owner } from './n8n/api.mts';

/** The time from key to key, in ms: the editor replaces a field when it becomes an expression. */
const TYPING_MS = 20;

/** n8n's editor in a browser, used as a person does: with the mouse, and by typing. */
export class Editor {
	readonly page: Page;
	/** How often the mouse was clicked since `newWorkflow`. */
	clicks = 0;
	readonly #url: string;

	private constructor(page: Page, url: string) {
		this.page = page;
		this.#url = url;
	}

	/** Opens the editor and logs the owner in. */
	static async open(page: Page, url: string): Promise<Editor> {
		page.setDefaultTimeout(30_000);
		await page.goto(`${url}/signin`);
		await page.locator('input[type="email"]').fill(owner.email);
		await page.locator('input[type="password"]').fill(owner.password);
		await page.locator('input[type="password"]').press('Enter');
		await page.waitForURL(({ pathname }) => !pathname.includes('signin'));
		return new Editor(page, url);
	}

	/** Opens an empty canvas. */
	async newWorkflow(): Promise<void> {
		await this.page.goto(`${this.#url}/workflow/new`);
		await this.page.getByText('Add first step').waitFor();
		this.clicks = 0;
	}

	/** Opens a workflow. */
	async openWorkflow(id: string): Promise<void> {
		await this.page.goto(`${this.#url}/workflow/${id}`);
		await this.testId('canvas-node').first().waitFor();
	}

	/** Opens an execution of a workflow. */
	async openExecution(workflowId: string, id: string): Promise<void> {
		await this.page.goto(`${this.#url}/workflow/${workflowId}/executions/${id}`);
		await this.testId('canvas-node').first().waitFor();
	}

	/** Opens the panel of a node. */
	async openNode(name: string): Promise<void> {
		await this.nodeNamed(name).dblclick();
		await this.testId('ndv').waitFor();
	}

	/** A node of the canvas. */
	nodeNamed(name: string): Locator {
		return this.page.locator(`[data-test-id='canvas-node'][data-node-name='${name}']`);
	}

	/** Opens the dialog of a new credential. */
	async newCredential(type: string): Promise<void> {
		await this.page.goto(`${this.#url}/home/credentials`);
		await this.click(this.page.getByRole('button', { name: 'Create credential' }).first());
		await this.testId('new-credential-type-select').waitFor();
		await this.page.keyboard.type(type);
		await this.click(this.page.getByRole('option', { name: type, exact: true }));
		await this.click(this.testId('new-credential-type-button'));
		await this.testId('credential-edit-dialog').waitFor();
	}

	/** Clicks, and counts it. */
	async click(target: Locator): Promise<void> {
		await target.click();
		this.clicks++;
	}

	/** Clicks a text that is there once. */
	async clickText(text: string): Promise<void> {
		await this.click(this.page.getByText(text, { exact: true }).locator('visible=true').first());
	}

	/** Opens the list of nodes with the plus of the empty canvas. */
	async addFirst(): Promise<void> {
		await this.click(this.testId('canvas-plus-button').first());
	}

	/** Opens the list of nodes with the plus behind the last node, or behind one of its outputs. */
	async addBehind(output = 0): Promise<void> {
		await this.click(this.testId('canvas-handle-plus').nth(output));
	}

	/** Types into the list of nodes, and clicks a node. */
	async choose(search: string, node: string): Promise<void> {
		await this.testId('node-creator').locator('input').first().waitFor();
		await this.page.keyboard.type(search);
		await this.clickText(node);
	}

	/** Types into the field of a parameter. */
	async type(parameter: string, text: string): Promise<void> {
		await this.click(this.#input(parameter));
		await this.page.keyboard.type(text, { delay: TYPING_MS });
	}

	/** Reaches the field of a parameter with the Tab key, and types into it. */
	async tabAndType(parameter: string, text: string): Promise<void> {
		const input = this.#input(parameter);
		for (let tabs = 0; tabs < 40; tabs++) {
			await this.page.keyboard.press('Tab');
			if (await input.evaluate((element) => element === document.activeElement)) {
				await this.page.keyboard.press('ControlOrMeta+a');
				await this.page.keyboard.type(text, { delay: TYPING_MS });
				return;
			}
		}
		throw new Error(`The Tab key does not reach ${parameter}.`);
	}

	/** Reaches the field of a parameter with the Tab key, and types an expression without its `=`. */
	async tabAndTypeExpression(parameter: string, expression: string): Promise<void> {
		await this.tabAndType(parameter, '=');
		// n8n replaces the field by an editor, which closes braces that are typed one by one.
		await this.page.locator('.cm-content:focus').waitFor();
		await this.page.keyboard.insertText(expression);
	}

	/** Leaves the panel of a node with its cross. */
	async close(): Promise<void> {
		// n8n takes what is typed a moment later.
		await this.page.waitForTimeout(1_000);
		await this.click(this.testId('ndv-close-button'));
		await this.testId('ndv').waitFor({ state: 'hidden' });
	}

	/** Leaves the panel of a node with the Escape key, which a field in which one types would take. */
	async escape(): Promise<void> {
		await this.testId('ndv').waitFor();
		await this.page.keyboard.press('Escape');
		await this.testId('ndv').waitFor({ state: 'hidden' });
	}

	/** Starts a test run of the workflow. */
	async execute(): Promise<void> {
		await this.click(this.testId('execute-workflow-button'));
	}

	/** Publishes the workflow. */
	async publish(): Promise<void> {
		await this.click(this.testId('workflow-open-publish-modal-button'));
		await this.click(this.testId('workflow-publish-button'));
	}

	/** The ID of the workflow, which n8n saves by itself. */
	get workflowId(): string {
		return new URL(this.page.url()).pathname.split('/')[2] ?? '';
	}

	/** The marks of invalid fields that are visible. */
	async redMarks(): Promise<number> {
		return await this.testId('parameter-issues').count();
	}

	/** The elements that n8n has given a name for tests. */
	testId(id: string): Locator {
		return this.page.locator(`[data-test-id='${id}']`);
	}

	#input(parameter: string): Locator {
		// n8n's titles name the path of a parameter, such as "parameters.lineItems.item[0].description".
		const titled = [`"${parameter}"`, `.${parameter}"`, `["${parameter}"]"`]
			.map((end) => `[title^="Parameter: "][title$='${end}']`)
			.join(', ');
		const field = this.page.locator(titled);
		return field.and(this.page.locator('input, textarea')).or(field.locator('input')).first();
	}
}
