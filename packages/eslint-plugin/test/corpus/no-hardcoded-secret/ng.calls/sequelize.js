const { Sequelize } = require('sequelize')

module.exports = new Sequelize('shop', 'shop', 'shop123', { dialect: 'mysql' })
