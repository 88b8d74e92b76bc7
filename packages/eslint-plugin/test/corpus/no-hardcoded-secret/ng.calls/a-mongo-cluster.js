const mongoose = require('mongoose')

const connect = async () => {
  await mongoose.connect(
    'mongodb+srv://shop_db_user:shopdb123@cluster0.example.net/catalog?appName=a',
  )
}
module.exports = connect
