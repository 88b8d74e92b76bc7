const mysql = require('mysql2/promise')

module.exports = () => mysql.createPool({ host: 'db', user: 'root', password: 'root' })
