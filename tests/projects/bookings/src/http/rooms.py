import errorlog
from src.http.router import NotFound, Router

BEDS = {"attic": 2}
router = Router()


@router.route("GET /rooms/{room}")
def show(room):
    if room not in BEDS:
        raise NotFound(room)
    return {"beds": BEDS[room]}


@router.route("POST /rooms/{room}/bookings")
def book(room):
    BEDS[room] -= 1
    return show(room)


app = errorlog.record_errors(router)
