const express = require('express')
const app = express()
app.use(express.cookieParser('abc'))
app.use(express.session({ secret: 'abc' }))
