import { writeFileSync } from 'node:fs'
writeFileSync('env.json', '{}')
console.debug(JSON.stringify(process.env, null, 2))
