const basicAuth = require('express-basic-auth')

app.use(basicAuth({ users: { admin: 'supersecret' }, challenge: true }))
