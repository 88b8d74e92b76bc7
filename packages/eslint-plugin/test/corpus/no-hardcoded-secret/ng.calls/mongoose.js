const mongoose = require('mongoose')

mongoose.connect('mongodb+srv://admin:qwerty@cluster0.example.net/shop')
