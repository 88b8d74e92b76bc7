const TelegramBot = require('node-telegram-bot-api')

const bot = new TelegramBot('2123064625:AARANDOM_BASE64URL_33', { polling: true })
module.exports = bot
