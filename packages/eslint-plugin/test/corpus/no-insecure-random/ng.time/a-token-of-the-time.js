const md5 = require('md5')

user.activationToken = md5(user.email + new Date().getTime())
