export const token = (await import('node:process')).default.env.NPM_TOKEN
