"""What the server answers, and what is left of it when processes are killed."""

import concurrent.futures
import hashlib
import io
import json
import ssl
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest
from PIL import Image

from bench.cli.main import run_command
from bench.deploy.bundle import load_bundle
from bench.deploy.pictures import STRETCHED
from bench.deploy.serve.audit import verify
from tests.bench.data.formats.dicom_files import write as write_dicom
from tests.bench.deploy import small_data
from tests.bench.deploy.serve.running import HANGUP, Server, certificate, lines_of, png

pytestmark = [pytest.mark.slow, pytest.mark.processes]


@pytest.fixture(scope="module")
def bundle(bundle_path):
    with load_bundle(bundle_path, allow_unsigned=True) as loaded:
        yield loaded


def test_an_answer_is_that_of_predict(server, tokens, bundle):
    reply = server.ask("POST", "/predict?picture=true", png(1), tokens["predict"])
    assert reply.status == 200
    (image,) = reply.json["images"]
    (model,) = image["models"]
    pixels = small_data.images(8, seed=3)["malignant"][1][None, ..., None]
    (answer,) = bundle.answer(pixels)
    names = bundle.manifest.classes
    assert model["probabilities"] == dict(zip(names, answer.probabilities[0], strict=True))
    assert model["calibrated"] == dict(zip(names, answer.calibrated[0], strict=True))
    assert model["decision"] == names[answer.decisions[0]]
    assert model["conformal_set"] == [names[c] for c in np.flatnonzero(answer.sets[0])]
    assert model["unlike_training"]["percentile"] == pytest.approx(answer.percentiles[0], rel=1e-3)
    assert (model["bundle"], model["heatmap"]) == (bundle.digest, None)
    assert image["picture"].startswith("data:image/png;base64,")
    assert reply.json["sha256"] == hashlib.sha256(png(1)).hexdigest()
    assert "not a medical device" in reply.json["notice"]


def test_the_receipt_is_a_line_that_says_who_and_what_and_shows_nothing(server, tokens, kinds):
    reply = server.ask("POST", "/predict", png(2), tokens["predict"]).json
    assert verify(server.audit, [reply["receipt"]]).torn == 0
    (line,) = [row for row in lines_of(server.audit) if row["digest"] == reply["receipt"]]
    (token,) = [
        row for row in json.loads(kinds[0].read_text())["tokens"] if row["id"] == line["who"]
    ]
    assert token["name"] == "predict"
    assert line["input"] == reply["sha256"]
    assert line["bundles"] == [reply["images"][0]["models"][0]["bundle"]]
    (told,) = line["answer"][0]["models"]
    assert [told["bundle"]] == line["bundles"]
    assert told["probabilities"] == reply["images"][0]["models"][0]["probabilities"]
    assert "base64" not in json.dumps(line)


def test_a_dicom_file_is_read_by_its_content_and_its_patient_is_not_written_down(
    server, tokens, tmp_path
):
    write_dicom(
        tmp_path / "a", np.tile(np.arange(24, dtype=np.uint16), (24, 1)), PatientName="Doe^John"
    )
    reply = server.ask("POST", "/predict", (tmp_path / "a").read_bytes(), tokens["predict"])
    tags = "tags that identify a patient: PatientName"
    assert reply.json["images"][0]["remarks"] == [tags, STRETCHED]  # 16 bits without a window
    assert b"Doe" not in reply.body
    assert "Doe" not in server.audit.read_text()


def label_of(server, token, **given):
    return server.ask("POST", "/label", json.dumps(given).encode(), token)


def test_a_label_comes_later_from_who_asked_or_an_admin(server, tokens, kinds):
    answered = server.ask("POST", "/predict", png(3), tokens["predict"], X_Patient="Doe").json
    receipt = answered["receipt"]
    assert label_of(server, tokens["read"], receipt=receipt, label="benign").status == 403
    assert label_of(server, "", receipt=receipt, label="benign").status == 401
    wrong = label_of(server, tokens["predict"], receipt=receipt, label="<b>bening")
    assert (wrong.status, b"bening" in wrong.body) == (422, False)
    assert "Classes: benign, malignant." in wrong.json["error"]
    assert label_of(server, tokens["predict"], receipt="0" * 64, label="benign").status == 404
    taken = label_of(server, tokens["predict"], receipt=receipt, label="benign")
    assert taken.status == 200
    assert label_of(server, tokens["admin"], receipt=receipt, label="benign").status == 409
    assert verify(server.audit, [taken.json["receipt"], receipt]).torn == 0
    (line,) = [row for row in lines_of(server.audit) if row["digest"] == taken.json["receipt"]]
    assert (line["event"], line["of"], line["label"]) == ("label", receipt, "benign")
    assert "Doe" not in server.audit.read_text()
    other = server.ask("POST", "/predict", png(4), tokens["admin"]).json["receipt"]
    assert label_of(server, tokens["predict"], receipt=other, label="benign").status == 404


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"[]", b"{", b"\xff", b"null", b"[" * 3000, b'"receipt"'),
        b'{"receipt": 1, "label": "benign"}',
        b'{"receipt": "a", "label": "benign", "frame": true}',
    ],
)
def test_a_label_that_is_none_is_refused_in_a_sentence(body, server, tokens):
    reply = server.ask("POST", "/label", body, tokens["predict"])
    assert reply.status == 422
    assert reply.json["error"].startswith("It is not understood.")


def test_a_label_and_a_patient_have_few_letters(server, tokens):
    much = server.ask("POST", "/label", b"a" * 5000, tokens["predict"])
    assert (much.status, much.json["error"]) == (413, "It has more than 4,096 bytes.")
    long = server.ask("POST", "/predict", png(), tokens["predict"], X_Patient="a" * 201)
    assert (long.status, "x-patient has at most 200 letters" in long.json["error"]) == (422, True)


def test_images_that_drive_an_alarm_are_shown_to_admins_where_they_are_held(
    server, tokens, kinds, bundle_path, tmp_path
):
    assert server.ask("GET", "/drift", token=tokens["predict"]).status == 403
    assert server.ask("GET", "/drift", token=tokens["read"]).status == 403
    found = server.ask("GET", "/drift", token=tokens["admin"])
    assert (found.status, found.json["pictures"]) == (200, False)
    options = ("--tokens", kinds[0], "--show-driving", "--rate", "1000")
    showing = Server(tmp_path, bundle_path, options=options)
    try:
        content = io.BytesIO()
        Image.new("L", (200, 300), 250).save(content, "PNG")
        for _ in range(60):
            told = showing.ask("POST", "/predict", content.getvalue(), tokens["predict"])
        assert told.json["drift"]
        (alarm,) = showing.ask("GET", "/drift", token=tokens["admin"]).json["alarms"]
        assert alarm["sentence"] in told.json["drift"]
        assert 1 <= len(alarm["images"]) <= 12
        assert alarm["images"][0].startswith("data:image/png;base64,")
        assert all("base64" not in file.read_text("latin-1") for file in tmp_path.iterdir())
    finally:
        showing.stop()


def test_the_frames_of_a_file_are_images_and_one_can_be_named(server, tokens):
    def frames(count):
        content = io.BytesIO()
        first, *more = [Image.open(io.BytesIO(png(i))) for i in range(count)]
        first.save(content, "TIFF", save_all=True, append_images=more)
        return content.getvalue()

    own = tokens["predict"]
    every = server.ask("POST", "/predict", frames(3), own).json["images"]
    assert [image["frame"] for image in every] == [1, 2, 3]
    (second,) = server.ask("POST", "/predict?frame=2", frames(3), own).json["images"]
    assert second == every[1]
    reply = server.ask("POST", "/predict", frames(33), own)
    assert reply.json == {"error": "It has more than 32 frames. Name one of them: ?frame=1."}


def test_the_page_needs_nothing_from_elsewhere(server):
    for place in ("/", "/page.js", "/page.css"):
        reply = server.ask("GET", place)
        assert reply.status == 200
        assert b"://" not in reply.body
        assert b"<script>" not in reply.body
        assert " style=" not in reply.body.decode()


def test_every_answer_forbids_what_a_page_has_no_use_for(server):
    for reply in (server.ask("GET", "/"), server.ask("GET", "/nowhere")):
        policy = reply.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["x-frame-options"] == "DENY"
        assert reply.headers["referrer-policy"] == "no-referrer"
        assert reply.headers["cache-control"] == "no-store"
        assert "server" not in reply.headers
        assert "access-control-allow-origin" not in reply.headers


def test_what_the_api_takes_and_gives_is_described(server, tokens):
    told = server.ask("GET", "/openapi.json", token=tokens["read"]).json
    post = told["paths"]["/predict"]["post"]
    assert "application/octet-stream" in post["requestBody"]["content"]
    assert {"200", "401", "413", "429"} <= post["responses"].keys()
    fields = told["components"]["schemas"]["ModelAnswer"]["properties"]
    answer = server.ask("POST", "/predict", png(), tokens["predict"]).json
    assert answer["images"][0]["models"][0].keys() == fields.keys()
    operations = [one["operationId"] for path in told["paths"].values() for one in path.values()]
    assert len(set(operations)) == len(operations)
    assert server.ask("HEAD", "/healthz", token=tokens["read"]).status == 200


def test_prometheus_is_told_of_requests_latency_queue_and_drift(server, tokens):
    def value(name):
        text = server.ask("GET", "/metrics", token=tokens["read"]).body.decode()
        (line,) = [line for line in text.splitlines() if line.startswith(name)]
        return float(line.rpartition(" ")[2])

    asked = 'bench_requests_total{route="/predict",status="200"}'
    server.ask("POST", "/predict", png(), tokens["predict"])
    before, seen = value(asked), value("bench_images_seen")
    server.ask("POST", "/predict", png(), tokens["predict"])
    assert value(asked) == before + 1
    assert value("bench_images_seen") == seen + 1
    assert value('bench_request_seconds_count{route="/predict"}') >= 2
    assert value("bench_queue_length") == 0
    assert value('bench_drift_evidence{bundle="') >= 0


def test_a_worker_that_is_killed_costs_at_most_its_request(server, tokens):
    statuses = []
    with concurrent.futures.ThreadPoolExecutor(4) as clients:
        asked = [
            clients.submit(server.ask, "POST", "/predict", png(i), tokens["predict"])
            for i in range(40)
        ]
        time.sleep(0.05)
        for worker in server.workers():
            worker.kill()
        statuses = [one.result().status for one in asked]
    assert statuses.count(200) >= 39
    assert set(statuses) <= {200, 503}
    assert server.ask("POST", "/predict", png(), tokens["predict"]).status == 200


def test_of_a_server_that_is_killed_no_answered_line_is_lost(bundle_path, tmp_path):
    receipts = []

    def ask(running, i):
        try:
            receipts.append(running.ask("POST", "/predict", png(i)).json["receipt"])
        except (OSError, KeyError, ValueError):
            return

    running = Server(tmp_path, bundle_path, options=("--rate", "10000"))
    with concurrent.futures.ThreadPoolExecutor(4) as clients:
        for i in range(400):
            clients.submit(ask, running, i)
        while len(receipts) < 25:
            time.sleep(0.005)
        left = running.workers()
        running.kill()
        clients.shutdown(cancel_futures=True)
    found = verify(running.audit, receipts)
    assert set(found.receipts) == set(receipts)
    psutil.wait_procs(left, 10)
    assert not [worker for worker in left if worker.is_running()]


def test_the_log_goes_on_after_a_torn_line_and_tells_what_was_served(bundle_path, tmp_path):
    first = Server(tmp_path, bundle_path)
    first.ask("POST", "/predict", png())
    assert first.stop() == 0
    with first.audit.open("ab") as file:
        file.write(b'{"answer":[')
    second = Server(tmp_path, bundle_path)
    assert any("torn last line" in line for line in second.said)
    assert second.stop(HANGUP) == 0
    events = [row["event"] for row in lines_of(first.audit)]
    assert events == ["started", "prediction", "stopped", "repaired", "started", "stopped"]


def test_two_bundles_answer_side_by_side_by_tls_and_too_many_requests_are_told_so(
    bundle_path, tmp_path
):
    other = small_data.train(
        small_data.write_folder(tmp_path / "lumps"), tmp_path / "b.bench", method="class-prior"
    )
    own, key = certificate(tmp_path)
    options = ("--queue", "2", "--rate", "50", "--tls-cert", own, "--tls-key", key)
    context = ssl.create_default_context(cafile=own)
    running = Server(tmp_path, bundle_path, other, options=options, context=context)
    try:
        assert running.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") is None  # not in the clear
        first = running.ask("POST", "/predict", png())
        assert first.headers["strict-transport-security"] == "max-age=31536000"
        (image,) = first.json["images"]
        assert [model["model"] for model in image["models"]] == ["mean-brightness", "class-prior"]
        apart = len({model["decision"] for model in image["models"]}) > 1
        assert image["disagreement"] == apart
        answered = next(row for row in lines_of(running.audit) if row["event"] == "prediction")
        assert [each["bundle"] for each in answered["answer"][0]["models"]] == answered["bundles"]
        with concurrent.futures.ThreadPoolExecutor(16) as clients:
            asked = [clients.submit(running.ask, "POST", "/predict", png(i)) for i in range(200)]
            replies = [one.result() for one in asked]
        assert {reply.status for reply in replies} == {200, 429}
        busy = next(reply for reply in replies if reply.status == 429)
        assert int(busy.headers["retry-after"]) >= 1
        assert "Ask again later" in busy.json["error"]
    finally:
        running.stop()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--host", "0.0.0.0"], "python -m bench tokens new NAME"),
        (["--host", "::"], "nobody would know who"),
        (["--tls-cert", "a.pem"], "--tls-cert and --tls-key belong together"),
        (["--tls-cert", "a.pem", "--tls-key", "none.pem"], "there is no file none.pem"),
        (["--tls-cert", "a.pem", "--tls-key", "a.pem"], "they are no certificate and its key"),
        (["--tokens", "none.json"], "there is no such file"),
        (["--most", "lots"], "write a size such as"),
    ],
)
def test_what_cannot_be_served_safely_is_refused(
    bundle_path, tmp_path, monkeypatch, capsys, arguments, sentence
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.pem").write_text("nothing")
    command = ["serve", str(bundle_path), "--allow-unsigned", "--port", "0", *arguments]
    assert run_command(command) == 2
    assert sentence in capsys.readouterr().err


def test_a_port_in_use_and_a_mistyped_bundle_are_named(server, bundle_path, tmp_path, capsys):
    own = ["--allow-unsigned", "--audit", str(tmp_path / "a")]
    assert run_command(["serve", str(bundle_path), "--port", str(server.port), *own]) == 2
    assert "Name another port by --port." in capsys.readouterr().err
    near = bundle_path.with_stem(f"{bundle_path.stem}s")
    assert run_command(["serve", str(near), *own]) == 2
    assert "Did you mean" in capsys.readouterr().err
    assert run_command(["serve", *own]) == 2
    assert "Name one bundle" in capsys.readouterr().err
    twice = [str(bundle_path)] * 2
    assert run_command(["serve", *twice, *own]) == 2
    assert "is named twice" in capsys.readouterr().err


def test_without_the_extra_it_is_said_what_to_install(bundle_path, tmp_path):
    blocked = "import sys; sys.modules['uvicorn'] = None; "
    code = blocked + "from bench.cli.main import main; main()"
    found = subprocess.run(
        [sys.executable, "-c", code, "serve", str(bundle_path), "--allow-unsigned"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert found.returncode == 2
    assert "pip install 'classical-vs-deep[serve]'" in found.stderr
    assert "Traceback" not in found.stderr
