import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Groups } from './groups.mts';
import { OURS } from './measure.mts';

/** Draws bars as an SVG image. Each group has a scale of its own, which begins at 0. */
export async function plot(groups: Groups): Promise<string> {
	const { spec } = compile({
		background: 'white',
		padding: 16,
		spacing: 20,
		vconcat: [...groups].map(([title, bars]) => groupOf(title, bars)),
		config: {
			font: 'Helvetica, Arial, sans-serif',
			axis: { labelFontSize: 12, domain: false, ticks: false },
			title: { anchor: 'start', frame: 'group', fontSize: 13 },
			text: { fontSize: 12 },
			view: { stroke: null },
		},
	});
	return await new vega.View(vega.parse(spec), { renderer: 'none' }).toSVG();
}

function groupOf(title: string, bars: ReadonlyMap<string, number>) {
	const axis = { title: null, labelLimit: 0 };
	const y = { field: 'name', type: 'nominal', sort: null, axis } as const;
	const x = { field: 'length', type: 'quantitative', axis: null } as const;
	const color = {
		condition: { test: { field: 'name', equal: OURS }, value: '#0b7285' },
		value: '#ced4da',
	};
	return {
		title,
		width: 400,
		height: { step: 22 },
		data: { values: [...bars].map(([name, length]) => ({ name, length })) },
		layer: [
			{ mark: { type: 'bar', cornerRadiusEnd: 2 }, encoding: { x, y, color } },
			{
				mark: { type: 'text', align: 'left', dx: 4 },
				encoding: { x, y, text: { field: 'length', format: ',.3~r' } },
			},
		],
	} satisfies Extract<TopLevelSpec, { vconcat: unknown }>['vconcat'][number];
}
