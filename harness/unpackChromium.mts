// Unpacks the Chromium that comes from npm, with libraries and fonts that a bare Linux lacks, into
// the folder TMPDIR. Run it with AWS_LAMBDA_JS_RUNTIME set, or it leaves the libraries out.
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import chromium from '@sparticuz/chromium';

// The fonts of the machine, if it has any, and those that come with this Chromium. Without a font
// Chromium shows no text at all.
const fontsConfig = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;

await chromium.executablePath();
await writeFile(join(tmpdir(), 'fonts.conf'), fontsConfig);
