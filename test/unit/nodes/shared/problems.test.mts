import { InputProblem, ServiceProblem } from '../../../../nodes/shared/problems.ts';

test('InputProblem tells all its problems in one message', () => {
	const problem = new InputProblem(["'A' is empty", "'B' must be text"]);

	expect(problem).toBeInstanceOf(Error);
	expect(problem.name).toBe('InputProblem');
	expect(problem.message).toBe("'A' is empty; 'B' must be text");
	expect(problem.problems).toStrictEqual(["'A' is empty", "'B' must be text"]);
});

test('ServiceProblem tells what happened and what to do', () => {
	const fields = { external_id: ['مطلوب'] };
	const problem = new ServiceProblem('It said no', { description: 'Ask', httpCode: 422, fields });

	expect(problem).toBeInstanceOf(Error);
	expect(problem).toMatchObject({
		name: 'ServiceProblem',
		message: 'It said no',
		description: 'Ask',
		httpCode: 422,
		fields,
	});
	expect(new ServiceProblem('No answer', { description: 'Wait' }).httpCode).toBeUndefined();
});
