def test_the_process_answers(client):
    assert client.get("/healthz").status_code == 200
