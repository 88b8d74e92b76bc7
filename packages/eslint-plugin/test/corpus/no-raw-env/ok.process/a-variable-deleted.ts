delete process.env.DATABASE_PASSWORD
delete process.env['API_KEY']
Reflect.deleteProperty(process.env, 'TOKEN')
