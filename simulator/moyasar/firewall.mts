/** The page that the firewall in front of the API answers with. */
export const FIREWALL_PAGE = `<!DOCTYPE html>
<html>
<head><title>403 Forbidden</title></head>
<body><h1>403 Forbidden</h1><p>The request was blocked.</p></body>
</html>
`;

/** Names that libraries and tools give themselves, with or without a version, and nothing else. */
const LIBRARY = /^(axios|node|node-fetch|undici|n8n|python-requests|curl)(\/[\w.+-]*)?$/i;

/** Whether the firewall takes a caller for a script: a User-Agent that is missing or a mere library's. */
export function isBlocked(userAgent = ''): boolean {
	return userAgent.trim() === '' || LIBRARY.test(userAgent.trim());
}
