import { execFileSync } from 'node:child_process'
execFileSync('curl', [
  '-H',
  `Authorization: Bearer ${process.env['GITHUB_TOKEN']}`,
  'https://example.com',
])
