export const token = import('node:process').then(({ env }) => env.NPM_TOKEN)
