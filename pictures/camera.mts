import type { Locator, Page } from 'playwright-core';

/** A rectangle of a page, in CSS pixels. */
export interface Area {
	x: number;
	y: number;
	width: number;
	height: number;
}

/** The width of GitHub's column of text is 880 CSS pixels; a fine display has two pixels for each. */
const MAX_WIDTH = 1_760;

/** The pixels of a picture for each CSS pixel of the page. */
const SCALE = 2;

/** The quality of WebP, in percent. */
const QUALITY = 70;

/** The time until a page has come to rest, in ms. */
const REST_MS = 700;

/** Nothing blinks, and nothing is on its way from one place to another. */
const AT_REST = `*, ::before, ::after {
	animation: none !important;
	transition: none !important;
	caret-color: transparent !important;
}`;

/** Takes a WebP picture of an area of a page. */
export async function takePicture(page: Page, area: Area): Promise<Buffer> {
	const session = await page.context().newCDPSession(page);
	try {
		const { data } = await session.send('Page.captureScreenshot', {
			format: 'webp',
			quality: QUALITY,
			clip: wholePixels(area, Math.min(SCALE, MAX_WIDTH / area.width)),
		});
		return Buffer.from(data, 'base64');
	} finally {
		await session.detach();
	}
}

/** Cuts off the row and the column of pixels that the area covers in part. */
const wholePixels = ({ x, y, width, height }: Area, scale: number) => ({
	x: Math.ceil(x),
	y: Math.ceil(y),
	width: Math.floor((width - 1) * scale) / scale,
	height: Math.floor((height - 1) * scale) / scale,
	scale,
});

/** Stops what moves on a page of the editor, and waits until it has come to rest. */
export async function settle(page: Page): Promise<void> {
	await page.addStyleTag({ content: AT_REST });
	await page.evaluate(() => {
		if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
	});
	await rest(page);
}

/** Takes the mouse off a page, and waits until it has come to rest. */
export async function rest(page: Page): Promise<void> {
	await page.mouse.move(0, 0);
	await page.evaluate(() => document.fonts.ready.then(() => undefined));
	await page.waitForTimeout(REST_MS);
}

/**
 * Returns the area of an element.
 * @throws Error when it is not visible.
 */
export async function areaOf(element: Locator): Promise<Area> {
	const area = await element.boundingBox();
	if (area === null) throw new Error(`${element.toString()} is not visible.`);
	return area;
}

/** The area that contains all of these. */
export function union(areas: readonly Area[]): Area {
	const x = Math.min(...areas.map((area) => area.x));
	const y = Math.min(...areas.map((area) => area.y));
	return {
		x,
		y,
		width: Math.max(...areas.map((area) => area.x + area.width)) - x,
		height: Math.max(...areas.map((area) => area.y + area.height)) - y,
	};
}

/** The area with a margin around it. */
export function withMargin({ x, y, width, height }: Area, margin: number): Area {
	return {
		x: x - margin,
		y: y - margin,
		width: width + 2 * margin,
		height: height + 2 * margin,
	};
}
