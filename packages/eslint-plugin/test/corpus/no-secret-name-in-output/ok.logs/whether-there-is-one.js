console.log('token', process.env.GITHUB_TOKEN ? 'is set' : 'is missing')
console.log({ hasToken: Boolean(process.env.GITHUB_TOKEN) })
