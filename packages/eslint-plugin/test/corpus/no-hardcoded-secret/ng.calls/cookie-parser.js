const cookieParser = require('cookie-parser')

app.use(cookieParser('secret'))
