"""The API of orders: views that translate, call one service, and translate back."""
