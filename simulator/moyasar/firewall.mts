/** The page of the firewall's 403. */
export const FIREWALL_PAGE = `<!DOCTYPE html>
<html>
<head><title>403 Forbidden</title></head>
<body><h1>403 Forbidden</h1><p>The request was blocked.</p></body>
</html>
`;

/** Default User-Agents of libraries and tools: a name, with or without a version, alone. */
const LIBRARY = /^(axios|node|node-fetch|undici|n8n|python-requests|curl)(\/[\w.+-]*)?$/i;

/** Whether the firewall blocks a User-Agent: an empty one, or a library's default. */
export function isBlocked(userAgent = ''): boolean {
	return userAgent.trim() === '' || LIBRARY.test(userAgent.trim());
}
