process.env.TZ = 'UTC'
process.env['NODE_NO_WARNINGS'] = '1'
Object.assign(process.env, { PGTZ: 'UTC' })
