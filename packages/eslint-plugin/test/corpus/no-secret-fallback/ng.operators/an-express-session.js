const session = require('express-session')

app.use(session({ secret: process.env.COOKIE || 'supersecret', saveUninitialized: true }))
