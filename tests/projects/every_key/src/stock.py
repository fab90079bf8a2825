def taken(event):
    return {"taken": event.get("count", 0)}
