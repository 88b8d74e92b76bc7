const { Schema } = require('mongoose')

module.exports = new Schema({
  password: { type: String, required: true },
  passwordConfirm: {
    type: String,
    validate: {
      validator: function (passwordConfirm) {
        return this.password === passwordConfirm
      },
    },
  },
})
