module.exports.secret = () => require('node:process').env.SESSION_SECRET
